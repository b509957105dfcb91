"""An evaluation kit: how well does an assistant make songs with Songwright, and what does it cost the person?"""
