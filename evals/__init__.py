"""An evaluation kit: how well does an assistant make songs here, and what does it cost the person?"""
